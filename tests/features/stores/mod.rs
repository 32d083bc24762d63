//! The drivers that come with Salon, on what they keep sessions in.

mod database;
