//! Opens the device a model computes on, or names the feature that would have to be compiled in.

use candle_core::Device;

use crate::error::{Error, Result};
use crate::options::DeviceKind;

/// Returns the device, or an `Unavailable` error that says what to do.
pub(crate) fn open(kind: DeviceKind) -> Result<Device> {
    match kind {
        DeviceKind::Cpu => Ok(Device::Cpu),
        DeviceKind::Cuda(number) => {
            let device = format!("cuda:{number}");
            if !candle_core::utils::cuda_is_available() {
                return Err(not_compiled(device, "cuda"));
            }
            Device::new_cuda(number).map_err(|error| not_there(device, &error))
        }
        DeviceKind::Metal => {
            let device = "metal".to_owned();
            if !candle_core::utils::metal_is_available() {
                return Err(not_compiled(device, "metal"));
            }
            Device::new_metal(0).map_err(|error| not_there(device, &error))
        }
    }
}

fn not_compiled(device: String, feature: &str) -> Error {
    let reason = format!("this build lacks it; build with `--features {feature}` or use `cpu`");
    Error::DeviceUnavailable { device, reason }
}

fn not_there(device: String, error: &candle_core::Error) -> Error {
    Error::DeviceUnavailable {
        device,
        reason: error.to_string(),
    }
}

#[cfg(test)]
mod tests;
