//! The page's wasm: installs the panic hook. The page starts the app through [`vireo::start`].

use vireo as _;

fn main() {
    console_error_panic_hook::set_once();
}
