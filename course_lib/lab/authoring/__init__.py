"""From a lesson's source to a notebook that ran.  Used by: `lab.lessons`, the public face."""
