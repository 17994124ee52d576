"""The words of the field: what everybody else talks about, with no dependency on how anything is done."""
