"""The plan workbook: tables, live model, views, charts, checks and its seal."""
