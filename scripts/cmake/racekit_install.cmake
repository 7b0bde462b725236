# The installed package: headers, the detectors' sources, and the functions that build them.
