SERVICES = {"passport": "паспорт", "registration": "прописка"}
