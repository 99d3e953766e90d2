"""The desk: workbooks in a folder are solved when they change, and a page shows how they stand."""
