"""Reading of DICOM objects: header, pixels, colours, how they are shown."""
