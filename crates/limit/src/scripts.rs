//! The scripts of this crate, each with the helpers that it needs.

use std::sync::LazyLock;

use stream::Script;

macro_rules! script {
    ($flags:ident, $($file:literal),+) => {
        LazyLock::new(|| Script::$flags(concat!($(include_str!(concat!("lua/", $file)), "\n"),+)))
    };
}

pub(crate) static ADMIT: LazyLock<Script> = script!(growing, "log.lua", "block.lua", "admit.lua");
pub(crate) static SUSPECT: LazyLock<Script> = script!(growing, "block.lua", "suspect.lua");
pub(crate) static CLIENTS: LazyLock<Script> = script!(draining, "clients.lua");
pub(crate) static COUNT: LazyLock<Script> = script!(draining, "log.lua", "count.lua");
pub(crate) static FOLLOW: LazyLock<Script> = script!(draining, "block.lua", "follow.lua");
pub(crate) static BLOCKS: LazyLock<Script> = script!(draining, "block.lua", "blocks.lua");
pub(crate) static ADD_BLOCK: LazyLock<Script> = script!(draining, "block.lua", "add_block.lua");
pub(crate) static REMOVE_BLOCK: LazyLock<Script> = script!(draining, "block.lua", "remove_block.lua");
