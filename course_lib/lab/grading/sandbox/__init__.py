"""The process in which an answer runs: how it is started, confined, asked, and ended."""
