"""The compiled engine: a plan of numbers as vector code for this machine, made by LLVM (extra `fast`)."""
