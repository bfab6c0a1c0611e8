version = "4.2.dev1"
