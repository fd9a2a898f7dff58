"""The parts of `build_demo_data.py`: what each file of the demonstration data set is made from."""
