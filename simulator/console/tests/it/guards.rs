//! The walls: Host × Origin × Sec-Fetch-Site × method × spelling of the path × token × machine.
