//! Tells the linker that the addon's symbols come from Node.

fn main() {
    napi_build::setup();
}
