//! End-to-end tests. One that begins with a row's name (`v1_…`) shows that row of the mission.

mod walk;
mod stopping;
mod crashing;
mod freezing;
mod clocks;
mod chaos;
mod surviving;

// The mission, row by row.
mod verifying;
mod every_provider;
mod handshakes;
mod certificates;
mod receiving;
mod protecting;
mod routing;
mod watching;
mod running;

// What none of the rows asks for by name.
mod hostile;
mod slow;
mod fending;
mod attack;

// When Redis is away, or not as it should be.
mod outage;
mod encrypted;

// The seed's examples.
mod examples;

// Beyond the mission.
mod quarantine;
mod scaling;
mod admin;
