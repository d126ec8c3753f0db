//! The atomic steps of this crate, and the helpers that they share.

use stream::{Function, Library, PRELUDE};

pub(crate) static ADMIT: Function = Function::growing("admit", include_str!("lua/admit.lua"));
pub(crate) static GIVE_BACK: Function = Function::draining("give_back", include_str!("lua/give_back.lua"));
pub(crate) static SUSPECT: Function = Function::growing("suspect", include_str!("lua/suspect.lua"));
pub(crate) static CLIENTS: Function = Function::draining("clients", include_str!("lua/clients.lua"));
pub(crate) static COUNT: Function = Function::draining("count", include_str!("lua/count.lua"));
pub(crate) static FOLLOW: Function = Function::draining("follow", include_str!("lua/follow.lua"));
pub(crate) static BLOCKS: Function = Function::draining("blocks", include_str!("lua/blocks.lua"));
pub(crate) static ADD_BLOCK: Function = Function::draining("add_block", include_str!("lua/add_block.lua"));
pub(crate) static REMOVE_BLOCK: Function =
    Function::draining("remove_block", include_str!("lua/remove_block.lua"));

pub(crate) static LIMITS: Library = Library::new(
    "hookstream_limit",
    &[PRELUDE, include_str!("lua/log.lua"), include_str!("lua/block.lua")],
    &[&ADMIT, &GIVE_BACK, &SUSPECT, &CLIENTS, &COUNT, &FOLLOW, &BLOCKS, &ADD_BLOCK, &REMOVE_BLOCK],
);
