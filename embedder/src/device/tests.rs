use super::open;
use crate::error::ErrorKind;
use crate::options::DeviceKind;

#[test]
fn the_processor_is_always_there() {
    assert!(open(DeviceKind::Cpu).expect("cpu").is_cpu());
}

#[cfg(not(any(feature = "cuda", feature = "metal")))]
#[test]
fn a_device_not_compiled_in_names_its_feature() {
    for (kind, feature) in [(DeviceKind::Cuda(0), "cuda"), (DeviceKind::Metal, "metal")] {
        let error = open(kind).expect_err("not compiled in");
        assert_eq!(error.kind(), ErrorKind::Unavailable);
        assert!(
            error.to_string().contains(&format!("--features {feature}")),
            "{error}"
        );
    }
}
