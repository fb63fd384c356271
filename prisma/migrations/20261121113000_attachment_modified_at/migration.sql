-- When the file was last changed where it came from, as its announcer says: an upload that is taken up again finds the same file by it.
ALTER TABLE "attachment" ADD COLUMN "modified_at" timestamptz(3);
