"""Tools that make voice packs: training, quantisation, judgement; never imported by the runtime."""
