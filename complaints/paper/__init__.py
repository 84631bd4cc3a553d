"""What a person takes along on paper: tagged, archival PDFs, made from plain data by Typst."""
