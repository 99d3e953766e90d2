"""Every input sheet, declared once: a module for each subject, as its rules have."""
