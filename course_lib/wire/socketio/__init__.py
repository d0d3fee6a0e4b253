"""Socket.IO, revision 5, on the wire floor.                                     Lesson 09"""
