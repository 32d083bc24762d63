//! The app's service providers.

pub mod app_service_provider;
