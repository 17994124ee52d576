"""The terms of the field, which all other packages use; none of them depends on how anything is done."""
