//! Static files from `resources/public`, for paths without a route.
//!
//! A file has exactly one URL. Its version, which [`PublicFolder::versioned_url`] appends, is a hash of its content. Only
//! a URL with the current version is cached for a year: whoever asks for another version gets the file, but no cache keeps
//! it without asking again.

mod endpoint;
mod file;
mod folder;
mod path;
mod range;
mod version;

pub(crate) use endpoint::PublicFiles;
pub(crate) use folder::PublicFolder;
