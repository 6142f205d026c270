"""A broker on loopback: KIS and Kiwoom as a client meets them on the wire, with an invented portfolio."""
