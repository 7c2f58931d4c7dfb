//! Work that goes on beside what started it.

use std::pin::Pin;

/// Runs a future to its end. By its address: each kind of future that wasm-bindgen is given costs half a kilobyte of the
/// program.
pub fn spawn_local(work: impl Future<Output = ()> + 'static) {
    fn erased(work: Pin<Box<dyn Future<Output = ()>>>) {
        wasm_bindgen_futures::spawn_local(work);
    }
    erased(Box::pin(work));
}
