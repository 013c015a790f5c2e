//! Embeds `static/` into the binary; in debug builds the files are read from disk at each request.

fn main() {
    memory_serve::load_directory("./static");
}
