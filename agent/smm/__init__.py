"""SMM ePlus, the central system: users, tablets, meters and their keys, work orders, intake of results, reports."""
