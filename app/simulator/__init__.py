"""A simulated broker on loopback: KIS's and Kiwoom's interfaces with an invented portfolio."""
