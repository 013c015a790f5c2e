//! Several portals on one database: what one changes is on the pages of another, work is handed on
//! when one stops, and no request is lost while they restart.

mod cluster;
mod freshness;
mod load;
mod restarts;
