//! A simulated Telnyx over real HTTP: for the demo, for practice, for tests.
