print("gpuloom")
