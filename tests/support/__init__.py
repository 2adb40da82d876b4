"""What tests share: a running world, a client of it, and recorded shapes. No test is in here."""
