//! What the examples in this documentation need before their first line. Not part of the interface.

use serde::{Deserialize, Serialize};

use crate::config::Section;

/// A section as an app has one.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct AppConfig {
    /// The name of the app.
    pub name: String,
    /// The port to listen on.
    pub port: u16,
}

impl Default for AppConfig {
    fn default() -> Self {
        Self { name: "Salon".to_owned(), port: 3000 }
    }
}

impl Section for AppConfig {
    const NAME: &'static str = "app";
}
