//! The pages: router, layers and one file or folder per page area.
