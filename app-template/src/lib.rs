//! STUB
/// STUB
pub const NAME: &str = "app-template";
