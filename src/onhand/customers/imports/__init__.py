"""Files of customers brought in: uploaded, mapped, checked, run and taken back."""
