"""The origin role: sessions driven by publishers, encoders, viewers and the clock."""
