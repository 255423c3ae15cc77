"""dcalc in Python: functions, their answers at one point and at many, what is prepared and compiled for calls."""
