#![no_main]
libfuzzer_sys::fuzz_target!(|data: &[u8]| bucketlint_fuzz::run("check", data));
