"""SMM ePlus, the central system: users, tablets, meters and their keys, intake of results, reports."""
