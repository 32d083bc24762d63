//! Requests that can be read in two ways (request smuggling). Where one reading is a body and the other one a second
//! request, the second request is never handled.

mod alone;
mod corpus;
mod http2;
mod proxied;
