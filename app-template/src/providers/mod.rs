//! Where the app's services are made.

pub mod app_service_provider;
