"""An AWS for one machine: moto with what the platform needs added, one module per service."""
