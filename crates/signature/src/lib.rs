//! Sign and verify webhooks as their providers do. No I/O, no clock.
