"""FLV, AMF, RTMP and CMAF bytes to values and back."""
