"""Decide what compute to buy: read a workbook, solve, write a plan."""
