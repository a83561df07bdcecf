"""Layers that mix features, look them up, or leave them alone."""

ADAPTED = {
    "lora_rank": "adapters are added to a trained model, not stated in its architecture",
    "lora_alpha": "adapters are added to a trained model, not stated in its architecture",
    "quantization_config": "quantization is applied to a trained model, not stated in its architecture",
}
