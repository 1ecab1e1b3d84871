"""Grades an nbgrader course: students' code runs in a sandbox, tests and marks stay outside."""
