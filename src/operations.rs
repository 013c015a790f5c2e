//! Changes to Telnyx: recorded, sent, settled.
