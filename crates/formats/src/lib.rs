//! JSON, XML and form bodies seen as one JSON shape, within limits.
