//! Delivers jobs: pick, attempt, judge, settle.
