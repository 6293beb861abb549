"""What is thrown at the program: files, names, options and settings that are broken, absurd or made to harm.

`python -m tests.hostile --n 1000` runs so many, each in a process of its own with a limit of time and memory, and prints
what became of them. Each case follows from its number alone: `--only 137` repeats one, and shows what it said.
"""
