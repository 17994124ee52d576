"""ePlus Mobile: the field tool (agent), the central system (smm) and simulated devices, in one package."""
